from ebmflow.stages.job import run
from ebmflow.stages.measure_observables import measure_observables

run(
    measure_observables,
    snakemake,
    aligned=snakemake.input.aligned,
    observables=snakemake.output.observables,
    spec=snakemake.params.spec,
)
