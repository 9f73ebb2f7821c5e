"""A contract that uses every part of the standard, and small pieces of contracts for tests."""

from __future__ import annotations

from headgate.contract.compat.schemas import Document, document_of
from headgate.contract.odcs.files import load
from headgate.contract.odcs.nouns import Contract
from headgate.spine.documents import dump

WHOLE = """\
apiVersion: v3.1.0
kind: DataContract
id: orders
version: 1.0.0
status: active
name: Orders
domain: sales
tags: [sales]
description: {usage: reports, limitations: no refunds}
schema:
  - name: orders
    physicalType: table
    quality:
      - {metric: rowCount, mustBeGreaterThan: 0}
    properties:
      - name: id
        logicalType: integer
        logicalTypeOptions: {minimum: 0, maximum: 1000, format: i64}
        required: true
        primaryKey: true
        unique: false
        quality:
          - type: library
            metric: duplicateValues
            mustBe: 0
            dimension: uniqueness
            severity: error
          - metric: invalidValues
            arguments: {validValues: [1, 2]}
            mustBeLessThan: 5
            unit: percent
          - {type: text, description: never used again}
          - {type: sql, query: select count(*) from orders, mustBeBetween: [0, 10]}
          - {type: custom, engine: headgate, implementation: {expectation: monotonic}}
      - name: city
        logicalType: string
        classification: public
        logicalTypeOptions: {pattern: '^[A-Z]', maxLength: 40}
        relationships: [{to: cities.name}]
      - name: placed
        logicalType: date
        logicalTypeOptions: {minimum: 2020-01-01}
      - name: lines
        logicalType: array
        items:
          logicalType: object
          properties: [{name: price, logicalType: number, logicalTypeOptions: {minimum: 0.5}}]
    relationships: [{from: orders.city, to: cities.name}]
team: {name: sales, members: [{username: ann, role: owner, dateIn: 2024-01-01}]}
roles: [{role: reader, access: read}]
support: [{channel: '#sales', tool: slack}]
price: {priceAmount: 1.5, priceCurrency: EUR}
servers: [{server: main, type: postgres, host: db, port: 5432, database: shop, schema: public}]
slaProperties:
  - {property: latency, value: 2, unit: h, element: orders.placed}
  - {property: retention, value: 3, unit: y}
customProperties: [{property: tier, value: {level: [1, null]}}]
"""


def contract(*properties: dict[str, object], **more: object) -> Contract:
    """Make a contract of one object `t` with some columns."""
    return load(contract_text(*properties, **more).encode(), "t.yaml")


def contract_text(*properties: dict[str, object], **more: object) -> str:
    """Write a contract of one object `t` with some columns."""
    head = {"apiVersion": "v3.1.0", "kind": "DataContract", "id": "t", "version": "1"}
    schema = {"schema": [{"name": "t", "properties": list(properties)}]}
    return dump(head | {"status": "active"} | schema | more)


def document(*properties: dict[str, object], name: str = "t.yaml", **more: object) -> Document:
    """Make a document of a contract of one object."""
    return document_of(contract_text(*properties, **more).encode(), name)
