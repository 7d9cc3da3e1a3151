# Judges of single sequences: structure predictors and language models, one format of table for all.
rule fold:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
        weights=judge_files("structure"),
        interpreter=STUDY.judge_interpreter,
    output:
        structures="results/structures/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/fold/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/fold/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(8000),
        runtime=720,
        gpu=GPUS,
    params:
        spec=STUDY.spec("fold"),
        code=STUDY.code("fold"),
    message:
        "fold: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/fold.py"


rule score_plausibility:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
        weights=judge_files("language_model"),
    output:
        plausibility="results/plausibility/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/score_plausibility/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/score_plausibility/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(8000),
        runtime=720,
        gpu=GPUS,
    params:
        spec=STUDY.spec("score_plausibility"),
        code=STUDY.code("score_plausibility"),
    message:
        "score_plausibility: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/score_plausibility.py"


rule compare_structures:
    input:
        structures="results/structures/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        template=judge_files("tm_score"),
    output:
        tm_scores="results/tm_scores/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/compare_structures/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/compare_structures/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 4
    resources:
        mem_mb=megabytes(2000),
        runtime=720,
    params:
        spec=STUDY.spec("compare_structures"),
        code=STUDY.code("compare_structures"),
    message:
        "compare_structures: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/compare_structures.py"


rule write_pdb:
    input:
        structures="results/structures/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        archive="results/structures/{dataset}/{model}/seed-{seed}/{sampling}_pdb.zip",
    log:
        "results/logs/write_pdb/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/write_pdb/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=60,
    params:
        spec=STUDY.spec("write_pdb"),
        code=STUDY.code("write_pdb"),
    message:
        "write_pdb: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/write_pdb.py"


# A command, not a script: Snakemake's own modules cannot be imported by Python 3.9.
rule find_esmfold:
    output:
        interpreter="results/environments/esmfold-fair-esm.txt",
    log:
        "results/logs/find_esmfold/esmfold-fair-esm.log",
    benchmark:
        "results/benchmarks/find_esmfold/esmfold-fair-esm.tsv"
    conda:
        "../workflow/envs/esmfold-fair-esm.yaml"
    threads: 1
    resources:
        mem_mb=megabytes(500),
        runtime=10,
    message:
        "find_esmfold: the interpreter of the environment of fair-esm's ESMFold"
    shell:
        "(command -v python || true) > {output.interpreter} 2> {log}"
