from ebmflow.stages.job import run
from ebmflow.stages.measure_novelty import measure_novelty

run(
    measure_novelty,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    novelty=snakemake.output.novelty,
    spec=snakemake.params.spec,
)
