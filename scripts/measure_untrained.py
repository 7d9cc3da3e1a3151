from ebmflow.stages.job import run
from ebmflow.stages.measure_untrained import measure_untrained

run(
    measure_untrained,
    snakemake,
    dataset=snakemake.input.dataset,
    untrained=snakemake.output.untrained,
    spec=snakemake.params.spec,
)
