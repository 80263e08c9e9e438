using System.Text;
using Sockeye.Capture.Resources;

namespace Sockeye.Capture.Ladder;

/// <summary>
/// Writes a ladder as a page of HTML that needs nothing else: who points at a packet, or goes to it with the keyboard,
/// sees all that was found in it.
/// </summary>
public static class LadderHtml
{
    private const string Style =
        """

        :root{color-scheme:light dark}body{margin:0;font:14px system-ui,sans-serif;background:#fff;color:#24292f}
        main{display:flex;align-items:flex-start}h1{font-size:18px;margin:16px 24px 0}
        #ladder{flex:none;overflow-x:auto}.row{cursor:pointer}.row:focus{outline:none}
        .row:focus .hit,.row.chosen .hit{fill:#0969da;fill-opacity:.1}
        #details{position:sticky;top:0;flex:1;min-width:340px;max-height:100vh;overflow:auto;box-sizing:border-box;
        padding:16px 20px;border-left:1px solid #d0d7de}
        #details pre{font:12px ui-monospace,Menlo,Consolas,monospace;white-space:pre;margin:8px 0}
        @media(prefers-color-scheme:dark){body{background:#0d1117;color:#e6edf3}#details{border-color:#30363d}}
        @media(max-width:1100px){main{display:block}#details{position:static;border-left:0}}

        """;

    // What is shown comes from packets: it is put in as text, never as markup.
    private const string Script =
        """

        const rows=[...document.querySelectorAll('.row')];
        const found=JSON.parse(document.getElementById('found').textContent);
        const pane=document.getElementById('pane');let chosen;
        function show(row){const text=found[row.dataset.row];if(!text)return;
        if(chosen)chosen.classList.remove('chosen');
        chosen=row;row.classList.add('chosen');pane.textContent=text;}
        for(const row of rows){if(!found[row.dataset.row])continue;row.setAttribute('tabindex','0');
        row.addEventListener('mouseenter',()=>show(row));row.addEventListener('focus',()=>show(row));}
        document.addEventListener('keydown',event=>{const step={ArrowDown:1,ArrowUp:-1}[event.key];if(!step)return;
        const able=rows.filter(row=>row.tabIndex===0);const at=able.indexOf(document.activeElement);
        const next=able[Math.min(able.length-1,Math.max(0,at+step))];if(next){next.focus();event.preventDefault();}});

        """;

    /// <summary>Writes the page. Rows show their details when the ladder was made to keep them.</summary>
    /// <param name="diagram">The ladder.</param>
    /// <param name="preface">What stands between title and ladder, as HTML; scripts in it run.</param>
    public static string Write(LadderDiagram diagram, string preface = "")
    {
        ArgumentNullException.ThrowIfNull(diagram);
        var page = new StringBuilder();
        string title = LadderSvg.Escaped(diagram.Title);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        page.Append("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
        page.Append("style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n");
        page.Append("<meta name=\"viewport\" content=\"width=device-width\">\n");
        page.Append($"<title>{title}</title>\n<style>{Style}</style>\n</head>\n<body>\n<h1>{title}</h1>\n");
        page.Append(preface).Append("<main>\n<div id=\"ladder\">\n");
        LadderSvg.Draw(diagram, page);
        page.Append("</div>\n<aside id=\"details\"><strong>");
        page.Append(LadderSvg.Escaped(StreamText.LadderHover));
        page.Append("</strong><pre id=\"pane\"></pre></aside>\n</main>\n");
        page.Append("<script type=\"application/json\" id=\"found\">");
        WriteDetails(diagram, page);
        page.Append($"</script>\n<script>{Script}</script>\n</body>\n</html>\n");
        return page.ToString();
    }

    private static void WriteDetails(LadderDiagram diagram, StringBuilder page)
    {
        page.Append('[');
        for (int i = 0; i < diagram.Rows.Count; i++)
        {
            page.Append(i > 0 ? ",\n" : "").Append('"');
            foreach (char one in diagram.Rows[i].Details)
            {
                WriteCharacter(page, one);
            }

            page.Append('"');
        }

        page.Append(']');
    }

    // JSON within HTML: "<" could end the script.
    private static void WriteCharacter(StringBuilder page, char one)
    {
        switch (one)
        {
            case '\n':
                page.Append("\\n");
                break;
            case '"' or '\\':
                page.Append('\\').Append(one);
                break;
            case '<' or '>' or '&' or '\u2028' or '\u2029' or < ' ':
                page.Append($"\\u{(int)one:x4}");
                break;
            default:
                page.Append(one);
                break;
        }
    }
}
