# What only some studies ask for: hidden units and labels, likelihoods, costs of constraints.
rule probe_hidden:
    input:
        ages="results/models/{dataset}/{model}/seed-{seed}/ages",
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
        dataset="results/datasets/{dataset}.parquet",
    output:
        scores="results/probes/{dataset}/{model}/seed-{seed}/scores.parquet",
        table="results/probes/{dataset}/{model}/seed-{seed}/scores.tsv",
        pearson="results/probes/{dataset}/{model}/seed-{seed}/pearson.parquet",
    log:
        "results/logs/probe_hidden/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/probe_hidden/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=120,
    params:
        spec=STUDY.spec("probe_hidden"),
        code=STUDY.code("probe_hidden"),
    message:
        "probe_hidden: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/probe_hidden.py"


rule estimate_likelihood:
    input:
        ages="results/models/{dataset}/{model}/seed-{seed}/ages",
        manifest="results/models/{dataset}/{model}/seed-{seed}/manifest.tsv",
        dataset="results/datasets/{dataset}.parquet",
    output:
        scores="results/likelihoods/{dataset}/{model}/seed-{seed}/scores.parquet",
        table="results/likelihoods/{dataset}/{model}/seed-{seed}/scores.tsv",
        rows="results/likelihoods/{dataset}/{model}/seed-{seed}/rows.parquet",
    log:
        "results/logs/estimate_likelihood/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/estimate_likelihood/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(4000),
        runtime=240,
        gpu=GPUS,
    params:
        spec=STUDY.spec("estimate_likelihood"),
        code=STUDY.code("estimate_likelihood"),
    message:
        "estimate_likelihood: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/estimate_likelihood.py"


rule estimate_costs:
    input:
        unpack(STUDY.compared),
    output:
        scores="results/costs/{dataset}/{model}/seed-{seed}/scores.parquet",
        table="results/costs/{dataset}/{model}/seed-{seed}/scores.tsv",
    log:
        "results/logs/estimate_costs/{dataset}/{model}/seed-{seed}.log",
    benchmark:
        "results/benchmarks/estimate_costs/{dataset}/{model}/seed-{seed}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("estimate_costs"),
        code=STUDY.code("estimate_costs"),
    message:
        "estimate_costs: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}"
    script:
        "../scripts/estimate_costs.py"
