"""Tables for people, in Markdown."""

import re
import statistics

from comparison import works

OPTIONAL_COLUMNS = {  # those that a work measures are shown
    "per_second": ("per second", "{:,.0f}"),
    "server_busy": ("server busy", "{:.0%}"),
    "generator_busy": ("generator busy", "{:.0%}"),
    "p50_us": ("p50 µs", "{:,.0f}"),
    "p99_us": ("p99 µs", "{:,.0f}"),
    "megabytes_before": ("MB before", "{:,.1f}"),
}


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def is_time(figure):
    return works.FIGURES[figure][1] is not None


def summarise(work, names, rounds):
    """A result for each contender: the spread of each of its figures over the rounds; for times that of its ratio to
    the first contender too. A ratio is taken within a round, where the machine was the same for both."""
    def result(name):
        figures = {key: spread([one[name][key] for one in rounds]) for key in rounds[0][name]}
        if is_time(work.figure):
            figures["ratio"] = spread([one[name][work.figure] / one[names[0]][work.figure] for one in rounds])
        return {"contender": name, **figures}

    return [result(name) for name in names]


def judge(work, names, rounds):
    """How each aim stands whose contenders both took part."""
    judged = []
    for aim in work.aims:
        if aim.contender in names and aim.peer in (*names, None):
            values = [one[aim.contender][work.figure] / (one[aim.peer][work.figure] if aim.peer else 1)
                      for one in rounds]
            judged.append({"contender": aim.contender, "peer": aim.peer, "most": aim.most, **spread(values),
                           "passed": statistics.median(values) <= aim.most})
    return judged


def number(value):
    """Three digits that count."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def row(cells):
    return f"| {' | '.join(cells)} |"


def results_table(report):
    results = report["results"]
    shown = {key: column for key, column in OPTIONAL_COLUMNS.items() if key in results[0]}
    baseline = [f"× {results[0]['contender']}", "min – max"] if is_time(report["figure"]) else []
    headings = [report["title"], works.FIGURES[report["figure"]][0], "min – max", *baseline,
                *(heading for heading, _ in shown.values())]
    lines = [row(headings), "|---|" + "--:|" * (len(headings) - 1)]
    for result in results:
        figure = result[report["figure"]]
        cells = [result["contender"], number(figure["median"]), f"{number(figure['min'])} – {number(figure['max'])}"]
        if ratio := result.get("ratio"):
            cells += [f"{ratio['median']:.2f}", f"{ratio['min']:.2f} – {ratio['max']:.2f}"]
        lines.append(row([*cells, *(form.format(result[key]["median"]) for key, (_, form) in shown.items())]))
    return lines


def aims_table(report):
    if not report["aims"]:
        return []
    lines = ["", row(["must be", "at most", "measured", "min – max", ""]), "|---|--:|--:|--:|---|"]
    for aim in report["aims"]:
        what = f"{aim['contender']} / {aim['peer']}" if aim["peer"] else (
            f"{aim['contender']}, {works.FIGURES[report['figure']][0]}")
        verdict = "passed" if aim["passed"] else f"missed by {aim['median'] / aim['most'] - 1:.0%}"
        lines.append(row([what, f"{aim['most']:.2f}", f"{aim['median']:.2f}", f"{aim['min']:.2f} – {aim['max']:.2f}",
                          verdict]))
    return lines


def replies_line(replies):
    """What each reply is made of: heads differ, and a byte costs something."""
    parts = [f"{name} {reply['bytes']:,} bytes" + (f" ({', '.join(reply['fields'])})" if reply["fields"] else "")
             for name, reply in replies.items()]
    return ["", f"Replies: {'; '.join(parts)}."]


def conditions_line(report):
    noise, machine = report["noise"], report["machine"]
    versions = {}  # several contenders may be of one version
    for name, version in report["versions"].items():
        versions.setdefault(version, []).append(name)
    line = (f"{count_of(len(report['rounds']), 'round')} of {report['options']['seconds']} s on "
            f"{machine['processors']} × {machine['cpu']}, Linux {machine['kernel']}, {machine['system']}; "
            f"server on processor {machine['server_processor']}, generator on {machine['generator_processor']}; "
            f"load average {noise['load_average']}, {noise['stolen_percent']} % stolen. "
            + "; ".join(f"{', '.join(names)}: {version}" for version, names in versions.items()) + ".")
    return ["", line]


def left_out_lines(left_out):
    return ["", *(f"Without {reason.splitlines()[0]}" for reason in left_out.values())] if left_out else []


def count_of(number, word):
    return f"{number} {word}{'' if number == 1 else 's'}"


def markdown(report):
    return "\n".join([*results_table(report), *aims_table(report), *replies_line(report["replies"]),
                      *left_out_lines(report["left_out"]), *conditions_line(report)]) + "\n"


def put_section(file, name, command, tables):
    """Puts the tables under the heading of the work, in place of what is there; the headings are in the order of the
    works."""
    text = file.read_text() if file.exists() else "# Results\n"
    preface, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    by_name = {section.partition("\n")[0]: section.partition("\n")[2].strip() for section in sections}
    by_name[name] = f"`{command}`\n\n{tables.strip()}"
    order = sorted(by_name, key=lambda one: list(works.TABLE).index(one) if one in works.TABLE else len(works.TABLE))
    file.write_text("\n\n".join([preface.strip(), *(f"## {one}\n\n{by_name[one]}" for one in order)]) + "\n")
