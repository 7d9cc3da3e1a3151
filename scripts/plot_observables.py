from ebmflow.stages.job import run
from ebmflow.stages.plot_observables import plot_observables

run(
    plot_observables,
    snakemake,
    observables=snakemake.input.observables,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
