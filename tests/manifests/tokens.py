"""Stand-ins for what only a deployment knows: a template's tokens, replaced by values that fit."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any, Final

Template = dict[str, Any]

PSEUDO: Final = {
    "AWS::AccountId": "111122223333",
    "AWS::NoValue": "",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::StackId": "arn:aws:cloudformation:us-east-1:111122223333:stack/stand-in/0",
    "AWS::StackName": "stand-in",
    "AWS::URLSuffix": "amazonaws.com",
}
PREFIXES: Final = {
    "AWS::EC2::LaunchTemplate": "lt",
    "AWS::EC2::SecurityGroup": "sg",
    "AWS::EC2::Subnet": "subnet",
    "AWS::EC2::VPC": "vpc",
    "AWS::EFS::AccessPoint": "fsap",
    "AWS::EFS::FileSystem": "fs",
    "AWS::FSx::FileSystem": "fs",
}
"""How the ids begin that a `Ref` to such a resource gives."""
_QUOTE: Final = re.compile(r'(?<!\\)(?:\\\\)*"')


def read_json(value: Any, template: Template) -> Any:
    """What a property of JSON text holds; a token inside a string is text, else a number.

    Example:
        >>> read_json({"Fn::Join": ["", ['{"port":', {"Ref": "P"}, "}"]]}, {"Resources": {}})
        {'port': 1}
    """
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
    else:
        separator, parts = "", [value]
    text = ""
    quoted = False
    for number, part in enumerate(parts):
        literal = (separator if number else "") + (part if isinstance(part, str) else "")
        quoted ^= len(_QUOTE.findall(literal)) % 2 == 1
        text += literal
        if not isinstance(part, str):
            text += json.dumps(text_of(part, template))[1:-1] if quoted else "1"
    return json.loads(text)


def text_of(token: Any, template: Template) -> str:
    """The text that a token may turn into, the same each time."""
    match token:
        case str():
            return token
        case {"Ref": name}:
            return _reference(name, template)
        case {"Fn::GetAtt": [name, attribute]}:
            return _attribute(name, attribute)
        case {"Fn::GetAtt": str() as path}:
            return _attribute(*path.split(".", 1))
        case {"Fn::Join": [str() as separator, list() as parts]}:
            return separator.join(text_of(part, template) for part in parts)
        case {"Fn::Select": [index, {"Fn::Split": [separator, whole]}]}:
            parts = text_of(whole, template).split(separator)
            return parts[int(index)] if int(index) < len(parts) else "stand-in"
        case {"Fn::Sub": str() as text}:
            return re.sub(r"\$\{([\w:]+)\}", lambda found: _reference(found[1], template), text)
        case _:
            return "stand-in"


def _reference(name: str, template: Template) -> str:
    kind = template["Resources"].get(name, {}).get("Type", "")
    return PSEUDO.get(name) or (_id(PREFIXES[kind], name) if kind in PREFIXES else name.lower())


def _attribute(name: str, attribute: str) -> str:
    if attribute.endswith("Arn"):
        return f"arn:aws:stand-in:us-east-1:111122223333:{name}"
    if attribute.endswith(("GroupId", "SecurityGroupId")):
        return _id("sg", name)
    if attribute == "CidrBlock":
        return "10.0.0.0/16"
    if attribute.endswith(("DNSName", "Endpoint.Address")):
        return f"{name.lower()}.example.com"
    return f"{name}-{attribute}".lower().replace(".", "-")


def _id(prefix: str, name: str) -> str:
    return f"{prefix}-{hashlib.sha256(name.encode()).hexdigest()[:17]}"
