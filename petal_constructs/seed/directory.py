"""`directory`: people of an Active Directory or LDAP server, in place of `users`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from petal_constructs.seed.base import Section, Written, form
from petal_constructs.seed.near import directory_address

_NAME = r"[A-Za-z][A-Za-z0-9]*=[A-Za-z0-9_]([A-Za-z0-9 ._@-]*[A-Za-z0-9._@-])?"

Domain = Annotated[
    str,
    form(
        r"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|(DC|dc)=[A-Za-z0-9_-]+(,(DC|dc)=[A-Za-z0-9_-]+)*)$",
        "a domain such as corp.example.org or DC=corp,DC=example,DC=org",
        longest=255,
    ),
]
Address = Annotated[
    str,
    form(
        r"^ldaps?://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?$",
        "an address such as ldaps://corp.example.org",
        longest=300,
        near=directory_address,
    ),
]
DistinguishedName = Annotated[
    str,
    form(
        rf"^{_NAME}(,{_NAME})*$",
        "a distinguished name such as CN=Reader,OU=Users,DC=corp,DC=example,DC=org",
        longest=500,
    ),
]
SecretArn = Annotated[
    str,
    form(
        r"^arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+"
        r"-[A-Za-z0-9]{6}|ssm:[a-z0-9-]+:[0-9]{12}:parameter/[A-Za-z0-9_.-]+)$",
        "the whole ARN of a secret, with the six characters that AWS adds to its name",
        longest=700,
    ),
]
CertificateFile = Annotated[
    str,
    form(
        r"^(/[A-Za-z0-9_.-]+)+$",
        "an absolute path such as /etc/pki/tls/certs/corp.pem, of letters, digits and . _ -",
        longest=300,
    ),
]
Filter = Annotated[
    str,
    form(
        r"^\([A-Za-z0-9()&|!=<>~:.,_@* -]+\)$",
        "an LDAP filter in parentheses, such as (memberOf=CN=hpc,DC=corp,DC=example,DC=org)",
        longest=1000,
    ),
]
SssdKey = Annotated[
    str, form(r"^[a-z][a-z0-9_]*$", "an option of sssd.conf such as ldap_id_mapping", longest=64)
]
SssdValue = Annotated[
    str,
    form(
        r"^[A-Za-z0-9/(*&|!=<>~:.,_@-]([A-Za-z0-9/()*&|!=<>~:.,_@ -]*[A-Za-z0-9/()*._@-])?$",
        "a value on one line, of letters, digits and ( ) * & | ! = < > ~ : . , _ @ / -",
        longest=1000,
    ),
    Written(),
]


class Directory(Section):
    """An Active Directory, or an LDAP server with its schema, that knows people and passwords."""

    domain: Annotated[Domain, Field(examples=["corp.example.org"])]
    """Domain of the directory, or the distinguished name below which people are looked for."""

    addresses: Annotated[
        tuple[Address, ...], Field(min_length=1, examples=[["ldaps://corp.example.org"]])
    ]
    """Its servers; nodes ask the first that answers. They must be reachable from the network."""

    reader: Annotated[
        DistinguishedName, Field(examples=["CN=Reader,OU=Users,DC=corp,DC=example,DC=org"])
    ]
    """Distinguished name of an account that may look people up, and nothing else."""

    password_secret: Annotated[
        SecretArn,
        Field(examples=["arn:aws:secretsmanager:us-east-1:123456789012:secret:reader-AbCdEf"]),
    ]
    """ARN of the secret in AWS Secrets Manager whose whole text is the reader's password. It is in
    the region of the cluster. Only the head node may read it."""

    ca_certificate: Annotated[
        CertificateFile | None, Field(examples=["/etc/pki/tls/certs/corp.pem"])
    ] = None
    """File on every node with the certificates that sign those of the servers, in PEM form; a
    `cluster.custom_ami` may bring it. Default: those that the system trusts."""

    verify_certificate: Literal["never", "allow", "try", "demand", "hard"] = "hard"
    """How strictly the servers' certificates are checked, in OpenLDAP's words. All but `demand` and
    `hard` let a false server answer."""

    access_filter: Annotated[
        Filter | None,
        Field(examples=["(memberOf=CN=hpc,OU=Groups,DC=corp,DC=example,DC=org)"]),
    ] = None
    """Who of the directory may log in. Default: everybody."""

    ssh_keys: bool = True
    """Make each person a key at the first login, so that they reach compute nodes from the head
    node without a password."""

    sssd: Annotated[dict[SssdKey, SssdValue], Field(examples=[{"ldap_id_mapping": "false"}])] = {}
    """Further options of the domain in sssd.conf, the configuration of SSSD, which asks the
    directory."""
