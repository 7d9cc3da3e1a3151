from ebmflow.stages.job import run
from ebmflow.stages.measure_label_theory import measure_label_theory

run(
    measure_label_theory,
    snakemake,
    dataset=snakemake.input.dataset,
    overlap=snakemake.output.overlap,
    costs=snakemake.output.costs,
    spec=snakemake.params.spec,
)
