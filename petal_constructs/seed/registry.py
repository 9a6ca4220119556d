"""`registry`: where the images that petal builds lie, and who may pull them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from petal_constructs.seed.base import Section, Written, form

AccountId = Annotated[
    str,
    form(r"^[0-9]{12}$", "an AWS account such as 123456789012: 12 digits"),
    Written(),
]


class Registry(Section):
    """Repositories in Amazon ECR for the images that petal builds.

    They are a stack of their own, which `cdk deploy -c seed=FILE -c stack=registry` makes.
    """

    keep_images: Annotated[int | None, Field(ge=10, le=1000, examples=[100])] = None
    """Newest tagged images of each repository that stay; each machine's image and the list over
    them count as one each. Older ones go, also those that a cluster runs, unless a tag of theirs
    begins with `keep-`. Default: all stay. Untagged ones go after two weeks."""

    share_with: Annotated[
        tuple[AccountId, ...], Field(max_length=50, examples=[["210987654321"]])
    ] = ()
    """Other AWS accounts that may pull the images; their roles need the right to as well."""

    encryption_key: Annotated[
        str | None,
        form(
            r"^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-zA-Z-]+$",
            "a key such as arn:aws:kms:us-east-1:123456789012:key/"
            "01234567-89ab-cdef-0123-456789abcdef",
            longest=200,
        ),
    ] = None
    """AWS KMS key that the images are encrypted with. It cannot be changed later. Default: ECR's
    own encryption."""

    public_cache: bool = False
    """Let ECR keep copies of images of public.ecr.aws: a pull-through cache rule."""

    github_secret: Annotated[
        str | None,
        form(
            r"^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:"
            r"ecr-pullthroughcache/[A-Za-z0-9/_+=.@-]+$",
            "a secret whose name begins with ecr-pullthroughcache/, such as arn:aws:secretsmanager:"
            "us-east-1:123456789012:secret:ecr-pullthroughcache/github-AbCdEf",
            longest=612,
        ),
    ] = None
    """Secret with `username` and `accessToken` of GitHub. With it ECR keeps copies of images of
    ghcr.io: a pull-through cache rule, for which ECR asks for a token even where images are
    public. Default: no such rule."""

    keep: bool = True
    """Keep the images when the stack of the repositories is deleted. Where it is false, they go
    with it, if it was last deployed with `-c petal:destroy-data=true`; else they are kept all the
    same."""
