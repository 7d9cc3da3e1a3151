from ebmflow.stages.job import run
from ebmflow.stages.plot_release import plot_release

run(
    plot_release,
    snakemake,
    **{name: snakemake.input[name] for name in ("vectors", "inputs", "morph")},
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
