"""A function that does what its event says: {"do": …, "path": …, "text": …}. What is refused is an error's number."""
import os
import signal
import socket
import subprocess
import threading
import time


def handler(event, context):
    try:
        return globals()[event["do"]](event)
    except OSError as e:
        return "refused"


def pid(event):
    return os.getpid()


def read(event):
    with open(event["path"]) as f:
        return f.read()


def readable(event):
    """Those of the paths, one a line, that give something away: a file's content or a folder's names."""
    found = []
    for path in event["path"].split("\n"):
        try:
            if os.listdir(path) if os.path.isdir(path) else open(path, "rb").read(1):
                found.append(path)
        except OSError:
            pass
    return found


def listing(event):
    return len(os.listdir(event["path"])) > 0


def write(event):
    with open(event["path"], "w") as f:
        f.write("mine")
    return "written"


def temporary(event):
    with open(os.path.join(os.environ["TMPDIR"], "file"), "w") as f:
        f.write("mine")
    return os.path.exists("/tmp/file")


def spy(event):
    for pid in os.listdir("/proc"):
        for name in ("environ", "cmdline"):
            try:
                with open(f"/proc/{pid}/{name}") as f:
                    if event["text"] in f.read():
                        return "found"
            except (OSError, UnicodeDecodeError):
                pass
    return "not found"


def pry(event):
    """Opens the memory of other processes, and looks for the file in path through their root and their open files."""
    for pid in os.listdir("/proc"):
        if not pid.isdigit() or int(pid) == os.getpid():
            continue
        try:
            open(f"/proc/{pid}/mem", "rb").close()
            return "memory"
        except OSError:
            pass
        if os.access(f"/proc/{pid}/root{event['path']}", os.R_OK):
            return "root"
        try:
            if any(os.readlink(f"/proc/{pid}/fd/{fd}").startswith(event["text"]) for fd in os.listdir(f"/proc/{pid}/fd")):
                return "files"
        except OSError:
            pass
    return "nothing"


def fill(event):
    with open(os.path.join(os.environ["TMPDIR"], "large"), "w") as f:
        f.truncate(600 << 20)
    return "filled"


def litter(event, wait=60):
    """Writes as many MB as text says, in files of as many as path says, and waits a little when that was much."""
    size = int(event["path"]) << 20
    for n in range(int(event["text"])):
        with open(os.path.join(os.environ["TMPDIR"], f"litter-{n}"), "wb") as f:
            f.write(b"x" * size)
    if int(event["text"]) > 4:
        time.sleep(wait)
    return "littered"


def litterLater(event):
    threading.Thread(target=litter, args=(event, 0), daemon=True).start()
    return "soon"


def hoard(event):
    """Writes as many files as text says, of as many MB as path says, that it has deleted before, and keeps them for a while."""
    kept = []
    for _ in range(int(event["text"])):
        kept.append(open(os.path.join(os.environ["TMPDIR"], "hoard"), "wb"))
        os.unlink(kept[-1].name)
        for _ in range(int(event["path"])):
            kept[-1].write(b"x" * (1 << 20))
    time.sleep(1)
    return "hoarded"


def fork(event):
    """As many processes as text says, so that a machine on which nothing ends it is not harmed. Then it waits for its end."""
    for _ in range(int(event["text"])):
        if os.fork() == 0:
            os.setsid()
            time.sleep(600)
    time.sleep(600)


def comet(event):
    """A process that is always there and never the same for long: it forks and ends. With each it adds a byte to a file."""
    trail = os.open(os.path.join(os.environ["TMPDIR"], "comet"), os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    if os.fork() == 0:
        os.setsid()
        while os.fork() == 0:
            os.write(trail, b".")
        os._exit(0)
    time.sleep(600)


def outlive(event):
    subprocess.Popen(["sleep", event["text"]], start_new_session=True)
    time.sleep(600)


def killall(event):
    """Text is TERM or KILL. The system spares who asks for it."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.kill(-1, signal.Signals["SIG" + event["text"]])
    return "killed"


def metadata(event):
    try:
        socket.create_connection(("169.254.169.254", 80), timeout=0.5).close()
    except PermissionError:
        return "forbidden"
    except OSError:
        return "not forbidden"
    return "not forbidden"


def connect(event):
    """Connects to HOST:PORT in path, or to the abstract Unix socket of the name in text."""
    try:
        if event["text"]:
            s = socket.socket(socket.AF_UNIX)
            s.connect("\0" + event["text"])
        else:
            host, port = event["path"].rsplit(":", 1)
            s = socket.create_connection((host, int(port)), timeout=5)
        s.close()
    except TimeoutError:
        return "no answer"
    return "connected"


def steal(event):
    """Asks the Runtime API of another function, at the address in path, for its next event, until that contains text."""
    host, port = event["path"].rsplit(":", 1)
    end, got = time.monotonic() + 3, b""
    with socket.create_connection((host, int(port)), timeout=1) as s:
        s.sendall(f"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: {event['path']}\r\n\r\n".encode())
        while time.monotonic() < end:
            try:
                data = s.recv(65536)
            except TimeoutError:
                continue
            got += data
            if event["text"].encode() in got:
                return "stolen"
            if not data:
                return "refused"
    return "nothing"


def interfaces(event):
    return sorted(name for _, name in socket.if_nameindex())
