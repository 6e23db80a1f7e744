"""Reads the schema from argv[1] and files of sites from the others; prints a line `FILE: what is wrong` for each mistake."""
import datetime
import json
import sys
import tomllib

import jsonschema

schema = json.load(open(sys.argv[1]))
jsonschema.Draft7Validator.check_schema(schema)


def plain(value):
    """Dates as editors see them: texts."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return str(value) if isinstance(value, (datetime.date, datetime.time)) else value


validator = jsonschema.Draft7Validator(schema)
for name in sys.argv[2:]:
    for mistake in validator.iter_errors(plain(tomllib.load(open(name, "rb")))):
        print(f"{name}: {'/'.join(map(str, mistake.absolute_path))}: {mistake.message[:200]}")
