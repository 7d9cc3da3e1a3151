from ebmflow.stages.job import run
from ebmflow.stages.observe_samples import observe_samples

run(
    observe_samples,
    snakemake,
    samples=snakemake.input.samples,
    observables=snakemake.output.observables,
    spec=snakemake.params.spec,
)
