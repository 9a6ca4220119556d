"""`DirectoryService` -> `directory`."""

from __future__ import annotations

from typing import Any

from petal_constructs.imports.parallelcluster.ledger import Part


def directory(service: Part) -> dict[str, Any]:
    """Section `directory`; empty where people are not looked up."""
    if not any(leaf.value is not None for leaf in service.leaves()):
        return {}
    keys = service.at("GenerateSshKeysForUsers")
    if keys.on is not None:
        keys.become("kept", "directory.ssh_keys")
    return {
        "domain": service.at("DomainName").keep("directory.domain"),
        "addresses": _addresses(service.at("DomainAddr")),
        "reader": service.at("DomainReadOnlyUser").keep("directory.reader"),
        "password_secret": service.at("PasswordSecretArn").keep("directory.password_secret"),
        "ca_certificate": service.at("LdapTlsCaCert").keep("directory.ca_certificate"),
        "verify_certificate": service.at("LdapTlsReqCert").keep("directory.verify_certificate"),
        "access_filter": _filter(service.at("LdapAccessFilter")),
        "ssh_keys": keys.on,
        "sssd": _options(service.at("AdditionalSssdConfigs")),
    }


def _addresses(part: Part) -> list[str]:
    """One address, or several with commas between; ParallelCluster takes ldaps where none says."""
    said = [word.strip() for word in (part.text or "").split(",") if word.strip()]
    addresses = [word if "://" in word else f"ldaps://{word}" for word in said]
    if addresses == said:
        part.become("kept", "directory.addresses")
    else:
        reason = "with ldaps://, which ParallelCluster takes where nothing else is said"
        part.become("changed", "directory.addresses", reason)
    return addresses


def _filter(part: Part) -> str | None:
    """SSSD puts parentheses around a filter that begins without (sdap_get_access_filter)."""
    if part.text is None or part.text.startswith("("):
        return part.keep("directory.access_filter")
    part.become("changed", "directory.access_filter", "with parentheses, which SSSD puts around it")
    return f"({part.text})"


def _options(part: Part) -> dict[str, str]:
    options = {key: part.at(key).keep(f"directory.sssd.{key}") for key in part.keys}
    return {key: text for key, text in options.items() if text is not None}
