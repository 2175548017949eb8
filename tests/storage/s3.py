"""A small server that speaks S3, in a process of its own: `python s3.py PORT`. Everything lives in its memory.

It checks what a real one does: the signature (AWS Signature Version 4) over method, path, query, headers and the body's hash,
parts of an upload in order, and that nothing has a name before its upload is complete. A wrong signature is 403; another
bucket is 404.
"""

import hmac
import sys
import uuid
from hashlib import md5, sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, quote, unquote, urlsplit
from xml.etree import ElementTree

KEY_ID, SECRET, BUCKET, REGION = "meguri-test", "a secret key of the tests", "files", "ap-northeast-1"
OBJECTS: dict[str, bytes] = {}
UPLOADS: dict[str, dict[int, bytes]] = {}
PAGE = 2  # names in one answer of a list: so small that every list needs several


def signature(key: bytes, *parts: str) -> bytes:
    for part in parts:
        key = hmac.digest(key, part.encode(), sha256)
    return key


class S3(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        parts = urlsplit(self.path)
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.body = self.rfile.read(int(self.headers.get("content-length") or 0))
        if not self.signed(parts.path):
            return self.tell(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>")
        bucket, _, key = unquote(parts.path).removeprefix("/").partition("/")
        if bucket != BUCKET:
            return self.tell(404, "<Error><Code>NoSuchBucket</Code></Error>")
        return getattr(self, f"on_{self.command.lower()}")(key)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer

    def signed(self, path: str) -> bool:
        said = self.headers.get("authorization", "")
        if not said.startswith("AWS4-HMAC-SHA256 "):
            return False
        fields = dict(part.strip().split("=", 1) for part in said.removeprefix("AWS4-HMAC-SHA256 ").split(","))
        key_id, day, region, service, _ = fields["Credential"].split("/")
        names = fields["SignedHeaders"].split(";")
        body_hash = self.headers["x-amz-content-sha256"]
        if body_hash not in ("UNSIGNED-PAYLOAD", sha256(self.body).hexdigest()):
            return False
        query = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(self.query.items()))
        headers = "".join(f"{name}:{' '.join(self.headers[name].split())}\n" for name in names)
        request = "\n".join([self.command, path, query, headers, fields["SignedHeaders"], body_hash])
        scope = "/".join((day, region, service, "aws4_request"))
        text = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], scope, sha256(request.encode()).hexdigest()])
        key = signature(b"AWS4" + SECRET.encode(), day, REGION, "s3", "aws4_request")
        right = hmac.digest(key, text.encode(), sha256).hex()
        return key_id == KEY_ID and hmac.compare_digest(right, fields["Signature"])

    def on_get(self, key: str) -> None:
        if not key:
            return self.tell(200, self.listed())
        if key not in OBJECTS:
            return self.tell(404, "<Error><Code>NoSuchKey</Code></Error>")
        return self.tell(200, OBJECTS[key])

    on_head = on_get

    def on_put(self, key: str) -> None:
        if "uploadId" in self.query:
            UPLOADS[self.query["uploadId"]][int(self.query["partNumber"])] = self.body
        else:
            OBJECTS[key] = self.body
        self.tell(200, b"", etag=f'"{md5(self.body).hexdigest()}"')

    def on_post(self, key: str) -> None:
        if "uploads" in self.query:
            upload = uuid.uuid4().hex
            UPLOADS[upload] = {}
            names = f"<Bucket>{BUCKET}</Bucket><Key>{key}</Key><UploadId>{upload}</UploadId>"
            return self.tell(200, f"<InitiateMultipartUploadResult>{names}</InitiateMultipartUploadResult>")
        if "delete" in self.query:
            gone = [node.text or "" for node in ElementTree.fromstring(self.body).iter() if node.tag.endswith("Key")]
            for name in gone:
                OBJECTS.pop(name, None)
            said = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in gone)
            return self.tell(200, f"<DeleteResult>{said}</DeleteResult>")
        sent = UPLOADS.pop(self.query["uploadId"])
        OBJECTS[key] = b"".join(sent[number] for number in sorted(sent))
        told = f"<Bucket>{BUCKET}</Bucket><Key>{key}</Key><ETag>x</ETag>"
        return self.tell(200, f"<CompleteMultipartUploadResult>{told}</CompleteMultipartUploadResult>")

    def on_delete(self, key: str) -> None:
        UPLOADS.pop(self.query.get("uploadId", ""), None)
        OBJECTS.pop(key, None)
        self.tell(204, b"")

    def listed(self) -> str:
        prefix, after = self.query.get("prefix", ""), self.query.get("continuation-token", "")
        names = sorted(name for name in OBJECTS if name.startswith(prefix) and name > after)
        shown, more = names[:PAGE], names[PAGE:]
        rows = "".join(
            f"<Contents><Key>{name}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>x</ETag><Size>{len(OBJECTS[name])}</Size></Contents>"
            for name in shown
        )
        on = f"<NextContinuationToken>{shown[-1]}</NextContinuationToken>" if more else ""
        truncated = str(bool(more)).lower()
        return f"<ListBucketResult><Name>{BUCKET}</Name><IsTruncated>{truncated}</IsTruncated>{on}{rows}</ListBucketResult>"

    def tell(self, status: int, body: str | bytes, **headers: str) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        if status != 204:
            self.send_header("content-length", str(len(content)))
        self.send_header("last-modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.send_header("etag", headers.get("etag", '"x"'))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), S3).serve_forever()
