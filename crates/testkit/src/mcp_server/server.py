"""A scripted MCP server: over standard input and output, or with `--http` over streamable HTTP (it prints its port).

Its first argument is its character:
  well        behaves
  silent      never answers, and reads nothing
  dead        ends at once with complaints
  babbling    never stops talking
  shapeless   answers initialize with something else
  crooked     lists tools with schemas that are none, endless ones, and too many
  deaf        answers nothing after it has listed its tools
  leaky       tells its TOKEN wherever it can, always across the place where words are cut
  stubborn    behaves, but does not end when its input does

A second argument is a file that it appends one line to for each start and for each cancellation it is told of.
"""

import json
import os
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HTTP = "--http" in sys.argv
ARGUMENTS = [argument for argument in sys.argv[1:] if argument != "--http"]
CHARACTER = ARGUMENTS[0] if ARGUMENTS else "well"
DIARY = ARGUMENTS[1] if len(ARGUMENTS) > 1 else None
PING = json.dumps({"jsonrpc": "2.0", "id": "q", "method": "ping"})
OBJECT = {"type": "object"}
TOKEN = os.environ.get("TOKEN", "no token")
# What is cut shorter than a description.
LEAK = "x" * 290 + TOKEN if CHARACTER == "leaky" else ""
lock = threading.Lock()
grown = False


def note(line):
    if DIARY:
        with open(DIARY, "a") as diary:
            diary.write(line + "\n")


def schema(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


TEXT, NUMBER, INTEGER = {"type": "string"}, {"type": "number"}, {"type": "integer", "minimum": 0}
TOOLS = {
    "echo": ("Says it again.", schema(["text"], text=TEXT), {"readOnlyHint": True}),
    "sleep": ("Answers late.", schema(["seconds"], seconds=NUMBER), {"readOnlyHint": True}),
    "count": ("Counts, and tells on the way.", schema(["to"], to=INTEGER), {"readOnlyHint": True}),
    "big": ("Answers with so many bytes.", schema(["bytes"], bytes=INTEGER), {"readOnlyHint": True}),
    "flood": ("Says much before it answers.", schema(["messages"], messages=INTEGER), {"readOnlyHint": True}),
    "fail": ("Fails by its own account.", OBJECT, {"destructiveHint": False}),
    "refuse": ("Refuses.", OBJECT, None),
    "strange": ("Answers with something else.", OBJECT, None),
    "die": ("Ends in the middle of it.", OBJECT, {"destructiveHint": True}),
    "forget": ("Never answers.", OBJECT, None),
    "variables": ("What it was given.", OBJECT, {"readOnlyHint": True}),
    "child": ("Starts a program and says its number.", OBJECT, None),
    "grow": ("Has one more tool from now on, and another one changes.", OBJECT, None),
    "picture": ("A picture, a resource and a link.", OBJECT, {"readOnlyHint": True}),
    "ask": ("Asks us instead.", OBJECT, None),
}


def described(name, description):
    if CHARACTER == "leaky":
        return "x" * (8 * 1024 - 8) + TOKEN
    return "Fails in another way." if grown and name == "fail" else description


def listed():
    tools = [
        {"name": name, "description": described(name, description), "inputSchema": schema}
        | ({"title": LEAK} if LEAK else {})
        | ({"annotations": annotations} if annotations is not None else {})
        for name, (description, schema, annotations) in TOOLS.items()
    ]
    if grown:
        tools.append({"name": "grown", "description": "New.", "inputSchema": OBJECT})
    if CHARACTER == "crooked":
        tools.append({"name": "endless", "inputSchema": {"type": "object", "allOf": [{"$ref": "#"}]}})
        tools.append({"name": "remote", "inputSchema": {"type": "object", "$ref": "http://127.0.0.1:1/schema"}})
        tools.append({"name": "long", "inputSchema": {"type": "object", "description": "x" * 100_000}})
        tools.append({"name": "echo", "inputSchema": OBJECT})
        tools.extend({"name": f"tool-{n}", "inputSchema": OBJECT} for n in range(1000))
    return tools


def text(*parts):
    return {"content": [{"type": "text", "text": part} for part in parts]}


def call(name, given, token, tell, question):
    global grown
    if name == "echo":
        return text(given["text"]) | {"structuredContent": given}
    if name == "sleep":
        time.sleep(given["seconds"])
        return text("slept")
    if name == "count":
        for n in range(1, given["to"] + 1):
            told = {"progressToken": token, "progress": n, "total": given["to"], "message": LEAK or f"at {n}"}
            tell({"method": "notifications/progress", "params": told})
        return text("counted")
    if name == "big":
        return text("é" * (given["bytes"] // 2) + (TOKEN if LEAK else ""))
    if name == "flood":
        for n in range(given["messages"]):
            tell({"method": "notifications/message", "params": {"level": "info", "data": "x" * 100}})
        return text("flooded")
    if name == "fail":
        return text("no luck") | {"isError": True}
    if name == "strange":
        return ["not", "a", "result"]
    if name == "die":
        if LEAK:
            print(" " * 4080 + "Error: " + TOKEN, file=sys.stderr, flush=True)
        else:
            print("Error: struck by lightning, with", TOKEN, file=sys.stderr, flush=True)
        os._exit(3)
    if name == "forget":
        return None
    if name == "variables":
        return text(json.dumps(dict(os.environ))) | {"structuredContent": {"cwd": os.getcwd()}}
    if name == "child":
        return text(str(subprocess.Popen(["sleep", "1000"]).pid))
    if name == "grow":
        grown = True
        tell({"method": "notifications/tools/list_changed"})
        return text("grown")
    if name == "picture":
        image = {"type": "image", "data": "aGVsbG8=", "mimeType": "image/png"}
        resource = {"type": "resource", "resource": {"uri": "file:///a", "mimeType": "text/plain", "text": "inside"}}
        link = {"type": "resource_link", "uri": "file:///b", "name": "b"}
        return {"content": [image, resource, link]}
    if name == "ask":
        for n in range(100):
            tell({"id": f"question {n}", "method": "sampling/createMessage",
                  "params": {"messages": [], "maxTokens": 1}})
        return text("asked")
    return None


def answer(message, tell):
    """The answer to a message, or None."""
    method, params = message.get("method"), message.get("params") or {}
    if method == "notifications/cancelled":
        note(f"cancelled: {params.get('reason')}")
    if "id" not in message or method is None:
        return None
    result = {}
    if method == "initialize":
        if CHARACTER == "shapeless":
            result = ["good", "day"]
        else:
            capabilities = {"tools": {"listChanged": True}, "resources": {}, "prompts": {}}
            version = params.get("protocolVersion", "2025-06-18")
            info = {"name": LEAK or "scripted", "version": "1"}
            result = {"protocolVersion": version, "capabilities": capabilities, "serverInfo": info}
    elif method == "tools/list":
        all_tools, start = listed(), int(params.get("cursor", 0))
        result = {"tools": all_tools[start:start + 10]}
        if start + 10 < len(all_tools):
            result["nextCursor"] = str(start + 10)
    elif method == "resources/list":
        result = {"resources": [{"uri": "file:///a", "name": LEAK or "a", "mimeType": "text/plain"}]}
    elif method == "prompts/list":
        whom = {"name": "whom", "required": True, "description": LEAK}
        result = {"prompts": [{"name": "greet", "arguments": [whom]}]}
    elif method == "tools/call":
        name = params.get("name")
        if name == "refuse" or name not in TOOLS and name != "grown":
            return {"id": message["id"], "error": {"code": -32602, "message": LEAK or "I will\nnot"}}
        token = (params.get("_meta") or {}).get("progressToken")
        result = call(name, params.get("arguments") or {}, token, tell, None)
        if result is None:
            return None
    elif method != "ping":
        return {"id": message["id"], "error": {"code": -32601, "message": "no such method"}}
    if CHARACTER == "deaf" and method in ("ping", "tools/call"):
        return None
    return {"id": message["id"], "result": result}


def over_lines():
    def tell(message):
        line = json.dumps({"jsonrpc": "2.0"} | message) + "\n"
        with lock:
            sys.stdout.write(line)
            sys.stdout.flush()

    def handle(message):
        answered = answer(message, tell)
        if answered is not None:
            tell(answered)

    print("Welcome to the scripted server", flush=True)
    for line in sys.stdin:
        threading.Thread(target=handle, args=(json.loads(line),), daemon=True).start()
    if CHARACTER == "stubborn":
        time.sleep(1000)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def reply(self, status, body=b"", kind="application/json", **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply(405)

    def do_DELETE(self):
        self.reply(405)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/moved"):
            return self.reply(307, Location="/mcp")
        if self.path.startswith("/away"):
            return self.reply(307, Location=f"http://localhost:{self.server.server_port}/mcp")
        if self.path.startswith("/locked") and self.headers.get("Authorization") != "Bearer open-sesame":
            return self.reply(401, f"who are you, {self.headers.get('Authorization')}?".encode())
        message = json.loads(body)
        if self.path.startswith("/liar") and message.get("method") == "tools/call":
            # It promises more than it sends, and closes.
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            self.wfile.write(b'{"jsonrpc"')
            self.close_connection = True
            return None
        if self.path.startswith("/endless") and message.get("method") == "tools/call":
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            try:
                while True:
                    self.wfile.write(b"data: " + b"x" * 65536)
            except OSError:
                return None
        told = []
        answered = answer(message, told.append)
        if "id" not in message:
            return self.reply(202)
        if answered is None:
            time.sleep(1000)
        messages = [json.dumps({"jsonrpc": "2.0"} | told) for told in told + [answered]]
        if told:
            events = "".join(f"event: message\ndata: {message}\n\n" for message in messages)
            return self.reply(200, events.encode(), "text/event-stream")
        self.reply(200, messages[0].encode(), Mcp_Session_Id="one")


def over_http():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(server.server_port, flush=True)
    # Who started it holds its input open.
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    server.serve_forever()


note("started")
if CHARACTER == "dead":
    print("Traceback (most recent call last):\nTypeError: I am not well\nbye", file=sys.stderr, flush=True)
    sys.exit(1)
if CHARACTER == "silent":
    time.sleep(1000)
if CHARACTER == "babbling":
    while True:
        sys.stdout.write("x" * 65536)
(over_http if HTTP else over_lines)()
