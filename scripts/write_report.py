from ebmflow.provenance import environment_record
from ebmflow.stages.job import run
from ebmflow.stages.write_report import write_report

study = {**snakemake.params.spec, "provenance": environment_record()}
run(
    write_report,
    snakemake,
    tables=snakemake.input.tables,
    figures=snakemake.input.figures,
    papers=snakemake.input.papers,
    report=snakemake.output.report,
    study=study,
)
