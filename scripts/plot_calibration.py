from ebmflow.stages.job import run
from ebmflow.stages.plot_calibration import plot_calibration

run(
    plot_calibration,
    snakemake,
    scores=snakemake.input.scores,
    calibration=snakemake.input.calibration,
    svg=snakemake.output.svg,
    png=snakemake.output.png,
    spec=snakemake.params.spec,
)
