// A function that does what its event says, like app.py.
const fs = require("fs");
const net = require("net");
const path = require("path");
const { spawn } = require("child_process");

const temporary = (name) => path.join(process.env.TMPDIR, name);
const forever = () => new Promise(() => setInterval(() => {}, 1000));

const attacks = {
  pid: () => process.pid,
  read: (event) => fs.readFileSync(event.path, "utf8"),
  readable: (event) =>
    event.path.split("\n").filter((file) => {
      try {
        if (fs.statSync(file).isDirectory()) return fs.readdirSync(file).length > 0;
        return fs.readSync(fs.openSync(file), Buffer.alloc(1)) > 0;
      } catch {
        return false;
      }
    }),
  listing: (event) => fs.readdirSync(event.path).length > 0,
  write: (event) => (fs.writeFileSync(event.path, "mine"), "written"),
  temporary: () => (fs.writeFileSync(temporary("file"), "mine"), fs.existsSync("/tmp/file")),
  spy(event) {
    for (const pid of fs.readdirSync("/proc")) {
      for (const name of ["environ", "cmdline"]) {
        try {
          if (fs.readFileSync(`/proc/${pid}/${name}`, "latin1").includes(event.text)) return "found";
        } catch {}
      }
    }
    return "not found";
  },
  pry({ path: file, text }) {
    const can = (attempt) => {
      try {
        return attempt() !== false;
      } catch {
        return false;
      }
    };
    for (const pid of fs.readdirSync("/proc")) {
      if (!/^[0-9]+$/.test(pid) || Number(pid) === process.pid) continue;
      if (can(() => fs.closeSync(fs.openSync(`/proc/${pid}/mem`)))) return "memory";
      if (can(() => fs.accessSync(`/proc/${pid}/root${file}`, fs.constants.R_OK))) return "root";
      if (can(() => fs.readdirSync(`/proc/${pid}/fd`).some((fd) => fs.readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith(text)))) return "files";
    }
    return "nothing";
  },
  fill: () => (fs.writeFileSync(temporary("large"), ""), fs.truncateSync(temporary("large"), 600 << 20), "filled"),
  fork(event) {
    for (let n = 0; n < event.text; n++) {
      const child = spawn("sleep", ["600"], { detached: true, stdio: "ignore" }).on("error", () => {});
      if (child.pid === undefined) throw Object.assign(new Error("no more processes"), { code: "EAGAIN" });
    }
    return forever();
  },
  outlive(event) {
    spawn("sleep", [event.text], { detached: true, stdio: "ignore" });
    return forever();
  },
  killall(event) {
    process.on("SIGTERM", () => {});
    process.kill(-1, "SIG" + event.text);
    return "killed";
  },
  metadata: () =>
    new Promise((resolve) => {
      const socket = net.connect(80, "169.254.169.254");
      const end = (verdict) => (socket.destroy(), resolve(verdict));
      socket.setTimeout(500, () => end("not forbidden"));
      socket.on("connect", () => end("not forbidden"));
      socket.on("error", (e) => end(["EACCES", "EPERM"].includes(e.code) ? "forbidden" : "not forbidden"));
    }),
  connect: ({ path: address }) =>
    new Promise((resolve, reject) => {
      const [host, port] = address.split(":");
      const socket = net.connect(Number(port), host);
      socket.setTimeout(5000, () => (socket.destroy(), resolve("no answer")));
      socket.on("connect", () => (socket.destroy(), resolve("connected")));
      socket.on("error", reject);
    }),
  interfaces: () => fs.readFileSync("/proc/self/net/dev", "utf8").split("\n").slice(2, -1).map((line) => line.split(":")[0].trim()),
};

exports.handler = async (event) => {
  try {
    return await attacks[event.do](event);
  } catch (e) {
    if (e.code) return "refused";
    throw e;
  }
};
