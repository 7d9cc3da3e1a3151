# Generated data whose exact behaviour is known: is it right?
rule measure_observables:
    input:
        aligned="results/data/{dataset}/aligned.parquet",
    output:
        observables="results/observables/{dataset}/observables.parquet",
        table="results/observables/{dataset}/observables.tsv",
    log:
        "results/logs/measure_observables/{dataset}.log",
    benchmark:
        "results/benchmarks/measure_observables/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(2000),
        runtime=30,
    params:
        spec=STUDY.spec("measure_observables"),
        code=STUDY.code("measure_observables"),
    message:
        "measure_observables: {wildcards.dataset}"
    script:
        "../scripts/measure_observables.py"


rule observe_samples:
    input:
        samples="results/samples/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    output:
        observables="results/observables/{dataset}/{model}/seed-{seed}/{sampling}.parquet",
    log:
        "results/logs/observe_samples/{dataset}/{model}/seed-{seed}/{sampling}.log",
    benchmark:
        "results/benchmarks/observe_samples/{dataset}/{model}/seed-{seed}/{sampling}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("observe_samples"),
        code=STUDY.code("observe_samples"),
    message:
        "observe_samples: {wildcards.dataset}, {wildcards.model}, seed {wildcards.seed}, {wildcards.sampling}"
    script:
        "../scripts/observe_samples.py"


rule collect_observables:
    input:
        data=STUDY.of_family("measure_observables"),
        samples=STUDY.of_family("observe_samples"),
        probes=STUDY.of_family("probe_hidden"),
        releases=STUDY.of_family("measure_release", beside="vectors"),
    output:
        collected="results/observables/{dataset}/by_machine.parquet",
        table="results/observables/{dataset}/by_machine.tsv",
    log:
        "results/logs/collect_observables/{dataset}.log",
    benchmark:
        "results/benchmarks/collect_observables/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("collect_observables"),
        code=STUDY.code("collect_observables"),
    message:
        "collect_observables: {wildcards.dataset}"
    script:
        "../scripts/collect_observables.py"


rule plot_observables:
    input:
        observables="results/observables/{dataset}/observables.parquet",
    output:
        svg=report(
            "results/figures/{dataset}/observables.svg",
            caption="../workflow/report/observables.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/observables.png",
    log:
        "results/logs/plot_observables/{dataset}.log",
    benchmark:
        "results/benchmarks/plot_observables/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("plot_observables"),
        code=STUDY.code("plot_observables"),
    message:
        "plot_observables: {wildcards.dataset}"
    script:
        "../scripts/plot_observables.py"


rule compare_observables:
    input:
        collected="results/observables/{dataset}/by_machine.parquet",
        curves=STUDY.of_family("measure_observables"),
    output:
        svg=report(
            "results/figures/{dataset}/compare_observables.svg",
            caption="../workflow/report/compare_observables.rst",
            category="{dataset}",
            subcategory="all models",
        ),
        png="results/figures/{dataset}/compare_observables.png",
    log:
        "results/logs/compare_observables/{dataset}.log",
    benchmark:
        "results/benchmarks/compare_observables/{dataset}.tsv"
    conda:
        "../environment.yml"
    threads: 1
    resources:
        mem_mb=megabytes(1000),
        runtime=30,
    params:
        spec=STUDY.spec("compare_observables"),
        code=STUDY.code("compare_observables"),
    message:
        "compare_observables: {wildcards.dataset}"
    script:
        "../scripts/compare_observables.py"
