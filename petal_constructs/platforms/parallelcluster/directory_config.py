"""A directory that knows the users: as the seed has it, and in the cluster configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from petal_constructs.seed import directory


@dataclass(frozen=True, slots=True)
class Directory:
    """The Active Directory or LDAP server that nodes ask for people and their passwords."""

    domain: str
    addresses: tuple[str, ...]
    reader: str
    """Distinguished name of the account that looks people up."""
    password_secret: str
    """ARN; nodes other than the head node may not read it."""
    verify_certificate: str
    """As OpenLDAP's TLS_REQCERT."""
    ca_certificate: str | None = None
    """File on every node. Default: what the system trusts."""
    access_filter: str | None = None
    """Default: all may log in."""
    ssh_keys: bool = True
    sssd: tuple[tuple[str, str], ...] = ()
    """Further options of the domain in sssd.conf."""


def planned(written: directory.Directory | None) -> Directory | None:
    """The seed's directory; None if it has none."""
    if written is None:
        return None
    return Directory(
        domain=written.domain,
        addresses=written.addresses,
        reader=written.reader,
        password_secret=written.password_secret,
        verify_certificate=written.verify_certificate,
        ca_certificate=written.ca_certificate,
        access_filter=written.access_filter,
        ssh_keys=written.ssh_keys,
        sssd=tuple(written.sssd.items()),
    )


def directory_section(wanted: Directory | None) -> dict[str, Any]:
    """Section `DirectoryService` of the cluster configuration; nothing where there is none."""
    if wanted is None:
        return {}
    optional = {
        "LdapTlsCaCert": wanted.ca_certificate,
        "LdapAccessFilter": wanted.access_filter,
        "AdditionalSssdConfigs": dict(wanted.sssd),
    }
    return {
        "DirectoryService": {
            "DomainName": wanted.domain,
            "DomainAddr": ",".join(wanted.addresses),
            "PasswordSecretArn": wanted.password_secret,
            "DomainReadOnlyUser": wanted.reader,
            "LdapTlsReqCert": wanted.verify_certificate,
            "GenerateSshKeysForUsers": wanted.ssh_keys,
            **{key: value for key, value in optional.items() if value},
        }
    }
