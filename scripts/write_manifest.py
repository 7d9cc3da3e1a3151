from ebmflow.stages.job import run
from ebmflow.stages.write_manifest import write_manifest

run(
    write_manifest,
    snakemake,
    files=snakemake.input.files,
    manifest=snakemake.output.manifest,
    spec=snakemake.params.spec,
)
