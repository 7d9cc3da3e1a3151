from ebmflow.stages.job import run
from ebmflow.stages.judge_samples import judge_samples

run(
    judge_samples,
    snakemake,
    samples=snakemake.input.samples,
    dataset=snakemake.input.dataset,
    ages=snakemake.input.ages,
    judged=snakemake.output.judged,
    spec=snakemake.params.spec,
)
