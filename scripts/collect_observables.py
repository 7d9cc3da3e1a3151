from ebmflow.stages.collect_observables import collect_observables
from ebmflow.stages.job import run

run(
    collect_observables,
    snakemake,
    data=snakemake.input.data,
    samples=snakemake.input.samples,
    probes=snakemake.input.probes,
    releases=snakemake.input.releases,
    collected=snakemake.output.collected,
    spec=snakemake.params.spec,
)
