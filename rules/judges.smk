# What trained machines say of the rows that another one generated.
rule judge_samples:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
        dataset="results/datasets/{dataset}.parquet",
        ages=STUDY.judges("ages"),
        manifests=STUDY.judges("manifest.tsv"),
    output:
        judged="results/judged/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/judge_samples/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/judge_samples/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("judge_samples"),
        code=STUDY.code("judge_samples"),
    message:
        "judge_samples: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/judge_samples.py"


rule plot_judged:
    input:
        judged="results/judged/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/{model}/seed-{seed}/{sampling}/judged.svg",
            caption="../workflow/report/judged.rst",
            category="{dataset}",
            subcategory="{model}",
        ),
        png="results/figures/{dataset}/{model}/seed-{seed}/{sampling}/judged.png",
    log:
        "results/logs/plot_judged/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/plot_judged/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_judged"),
        code=STUDY.code("plot_judged"),
    message:
        "plot_judged: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/plot_judged.py"
