# Fetching: local jobs, the only ones that may need a network.
# All rules up to a dataset have priority: some take all cores, and would wait until long trainings
# of other datasets end.
rule fetch:
    input:
        local=local_files,
    output:
        fetched="results/data/{dataset}/fetched/{role}.json",
    log:
        "results/logs/fetch/{dataset}/{role}.log",
    benchmark:
        "results/benchmarks/fetch/{dataset}/{role}.tsv"
    priority: 1
    localrule: True
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=240,
    params:
        spec=STUDY.spec("fetch"),
        code=STUDY.code("fetch"),
    message:
        "fetch: {wildcards.dataset}, {wildcards.role}"
    script:
        "../scripts/fetch.py"
