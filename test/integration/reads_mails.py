"""What Python's own email package reads in each mail of a folder, as JSON. reads_mails.py FOLDER"""

import json
import sys
from email import policy
from email.parser import BytesParser
from pathlib import Path


def read(path: Path) -> dict:
    raw = path.read_bytes()
    message = BytesParser(policy=policy.default).parsebytes(raw)
    parts = [part for part in message.walk() if not part.is_multipart()]
    return {
        "envelope": json.loads(path.with_suffix(".json").read_text()),
        "headers": [[name, str(value)] for name, value in message.items()],
        "from": [[one.display_name, one.addr_spec] for one in message["from"].addresses],
        "to": [[one.display_name, one.addr_spec] for one in message["to"].addresses],
        "date": message["date"].datetime.isoformat(),
        "type": message.get_content_type(),
        "defects": [str(one) for part in message.walk() for one in part.defects],
        "parts": [{"type": part.get_content_type(), "text": part.get_content().replace("\r\n", "\n")} for part in parts],
        "bare_line_end": b"\n" in raw.replace(b"\r\n", b"") or b"\r" in raw.replace(b"\r\n", b""),
    }


folder = Path(sys.argv[1])
paths = sorted(folder.glob("*.eml"), key=lambda path: int(path.stem))
print(json.dumps([read(path) for path in paths]))
