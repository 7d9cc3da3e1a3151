"""MNIST and Fashion-MNIST: image sources that know their files.

Checksums are those of the unzipped files, so that repacked archives are accepted too.
Sources: LeCun, Bottou, Bengio, Haffner 1998, Proc. IEEE 86:2278; Xiao, Rasul, Vollgraf 2017,
arXiv:1708.07747.
"""

from __future__ import annotations

from pydantic import Field

from ebmflow.data.sources.base import FileOptions
from ebmflow.data.sources.images import ImageSource
from ebmflow.registry import register

_MNIST = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)
_FASHION = ("http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",)
_LIMIT = 1 << 27


def _file(addresses: tuple[str, ...], name: str, sha256: str) -> FileOptions:
    name = f"{name}-ubyte.gz"
    return FileOptions(
        name=name,
        urls=tuple(address + name for address in addresses),
        sha256=sha256,
        size_limit=_LIMIT,
        folder="fashion_mnist" if addresses is _FASHION else "mnist",
    )


@register("source", "mnist")
class Mnist(ImageSource):
    """Handwritten digits, 28 x 28."""

    train_images: FileOptions = Field(
        _file(
            _MNIST,
            "train-images-idx3",
            "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        ),
        description="IDX file of training pictures.",
    )
    train_labels: FileOptions = Field(
        _file(
            _MNIST,
            "train-labels-idx1",
            "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        ),
        description="IDX file of their classes.",
    )
    test_images: FileOptions | None = Field(
        _file(
            _MNIST,
            "t10k-images-idx3",
            "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        ),
        description="IDX file of test pictures; null, and test_labels likewise, for none.",
    )
    test_labels: FileOptions | None = Field(
        _file(
            _MNIST,
            "t10k-labels-idx1",
            "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        ),
        description="IDX file of their classes.",
    )


@register("source", "fashion_mnist")
class FashionMnist(ImageSource):
    """Pictures of clothes, 28 x 28."""

    train_images: FileOptions = Field(
        _file(
            _FASHION,
            "train-images-idx3",
            "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
        ),
        description="IDX file of training pictures.",
    )
    train_labels: FileOptions = Field(
        _file(
            _FASHION,
            "train-labels-idx1",
            "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
        ),
        description="IDX file of their classes.",
    )
    test_images: FileOptions | None = Field(
        _file(
            _FASHION,
            "t10k-images-idx3",
            "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
        ),
        description="IDX file of test pictures; null, and test_labels likewise, for none.",
    )
    test_labels: FileOptions | None = Field(
        _file(
            _FASHION,
            "t10k-labels-idx1",
            "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
        ),
        description="IDX file of their classes.",
    )
    class_names: tuple[str, ...] = Field(
        (
            "T-shirt", "Trouser", "Pullover", "Dress", "Coat",
            "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
        ),
        description="Names of classes 0, 1 ...",
    )  # fmt: skip
