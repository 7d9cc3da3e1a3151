"""Draw rules.svg from the graphs that `snakemake --rulegraph` prints for one or more studies.

    snakemake --rulegraph --configfile STUDY > study.dot
    python docs/images/draw_rules.py study.dot ... | dot -Tsvg > docs/images/rules.svg

Lines that follow from others are left out, as are those into the report and the manifest, which
read everything. A test names rules that the picture lacks.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

STYLE = """digraph rules {
rankdir=LR; nodesep=0.06; ranksep=0.35; bgcolor=white; margin=0.05;
node [shape=box, style="rounded,filled", fontname=sans, fontsize=10, height=0.22,
      margin="0.07,0.03", color="#888888", fillcolor="#eef1fa"];
edge [color="#999999", arrowsize=0.5];"""
FIGURE = re.compile("plot_|draw_|compare_(ages|observables|quality)$")
LAST = [("compare_papers", "write_report"), ("write_report", "write_manifest")]


def read_edges(graph: str) -> set[tuple[str, str]]:
    """Pairs of rules (earlier, later) of a graph in dot's language, the last ones left out."""
    names = dict(re.findall(r'(\d+)\[label = "(\w+)"', graph))
    pairs = ((names[a], names[b]) for a, b in re.findall(r"(\d+) -> (\d+)", graph))
    return {pair for pair in pairs if pair[1] not in ("all", "write_report", "write_manifest")}


def follows(edges: set[tuple[str, str]], edge: tuple[str, str]) -> bool:
    """Whether a line says no more than a way over other rules does."""
    reached = {later for first, later in edges - {edge} if first == edge[0]}
    while new := {later for first, later in edges if first in reached} - reached:
        reached |= new
    return edge[1] in reached


def main(files: list[str]) -> None:
    edges = set().union(*(read_edges(Path(file).read_text()) for file in files))
    kept = [edge for edge in sorted(edges) if not follows(edges, edge)] + LAST
    rules = sorted({rule for edge in kept for rule in edge})
    green = [f'{rule} [fillcolor="#e6f2e2"];' for rule in rules if FIGURE.match(rule)]
    print(STYLE, *green, *(f"{first} -> {later};" for first, later in kept), "}", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
