from ebmflow.stages.classify import classify
from ebmflow.stages.job import names_of, run

run(
    classify,
    snakemake,
    predictions=snakemake.input.predictions,
    dataset=snakemake.input.dataset,
    scores=snakemake.output.scores,
    confusion=snakemake.output.confusion,
    calibration=snakemake.output.calibration,
    spec=snakemake.params.spec,
    run=names_of(snakemake.wildcards),
)
