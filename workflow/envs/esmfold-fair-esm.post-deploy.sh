#!/bin/bash
# Adds openfold 1.0.1 to the active environment. Its setup compiles a kernel with nvcc that ESMFold
# imports but never calls, so the Python sources and an empty module of the kernel's name will do.
set -euo pipefail
commit=04f6f953d828d9d9bf6d449477ef5e5238ca0854
packages=$(python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
git -C "$folder" init -q
git -C "$folder" fetch -q --depth 1 https://github.com/aqlaboratory/openfold.git "$commit"
git -C "$folder" checkout -q FETCH_HEAD
cp -r "$folder/openfold" "$packages/"
echo '"""Empty: ESMFold never calls the kernel of openfold that has this name."""' \
    > "$packages/attn_core_inplace_cuda.py"
python -c 'import esm.esmfold.v1.esmfold'
