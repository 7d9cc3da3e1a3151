from ebmflow.stages.compare_observables import compare_observables
from ebmflow.stages.job import run

run(
    compare_observables,
    snakemake,
    collected=snakemake.input.collected,
    curves=snakemake.input.curves,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
