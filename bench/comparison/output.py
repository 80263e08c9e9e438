"""Tables for people, in Markdown."""

import statistics

from comparison import works

OPTIONAL_COLUMNS = {  # those that a work measures are shown
    "per_second": ("per second", "{:,.0f}"),
    "server_busy": ("server busy", "{:.0%}"),
    "p50_us": ("p50 µs", "{:,.0f}"),
    "p99_us": ("p99 µs", "{:,.0f}"),
}


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summarise(work, names, rounds):
    """A result for each contender: the spread of each of its figures over the rounds, and of its ratio to the first.
    A ratio is taken within a round, where the machine was the same for both, and only then its median."""
    return [{"contender": name,
             "ratio": spread([one[name][work.figure] / one[names[0]][work.figure] for one in rounds]),
             **{key: spread([one[name][key] for one in rounds]) for key in rounds[0][name]}} for name in names]


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


def results_table(work, results):
    shown = {key: column for key, column in OPTIONAL_COLUMNS.items() if key in results[0]}
    lines = [row([work.title, works.FIGURES[work.figure], "min – max", f"× {results[0]['contender']}", "min – max",
                  *(heading for heading, _ in shown.values())]),
             "|---|" + "---:|" * (4 + len(shown))]
    for result in results:
        figure, ratio = result[work.figure], result["ratio"]
        lines.append(row([result["contender"], number(figure["median"]),
                          f"{number(figure['min'])} – {number(figure['max'])}", f"{ratio['median']:.2f}",
                          f"{ratio['min']:.2f} – {ratio['max']:.2f}",
                          *(form.format(result[key]["median"]) for key, (_, form) in shown.items())]))
    return lines


def aims_table(work, judged):
    if not judged:
        return []
    lines = ["", row(["must", "measured", "min – max", "at most", ""]), "|---|---:|---:|---:|---|"]
    for one in judged:
        what = one["contender"] + (f" / {one['peer']}" if one["peer"] else f", {works.FIGURES[work.figure]}")
        verdict = "passed" if one["passed"] else f"missed by {one['median'] / one['most'] - 1:.0%}"
        lines.append(row([what, f"{one['median']:.2f}", f"{one['min']:.2f} – {one['max']:.2f}", f"{one['most']:g}",
                          verdict]))
    return lines


def replies_line(replies):
    """What each reply is made of: heads differ, and a byte costs something."""
    parts = [f"{name} {reply.length} bytes" + (f" ({', '.join(reply.fields)})" if reply.fields else "")
             for name, reply in replies.items()]
    return ["", "Replies: " + "; ".join(parts) + "."]


def markdown(report, work, replies):
    noise, machine = report["noise"], report["machine"]
    return "\n".join([
        *results_table(work, report["results"]),
        *aims_table(work, report["aims"]),
        *replies_line(replies),
        "",
        f"{len(report['rounds'])} rounds of {report['options']['seconds']} s. {machine['processors']} × "
        f"{machine['cpu']}, Linux {machine['kernel']}, {machine['system']}; load average {noise['load_average']}, "
        f"{noise['stolen_percent']} % stolen. " + "; ".join(f"{name}: {version}" for name, version in
                                                           report["versions"].items()) + ".",
    ]) + "\n"
