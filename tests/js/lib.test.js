/** Helpers of static/js/lib that need no page. */

import assert from "node:assert/strict";
import { oneAtATime } from "../../static/js/lib/dom.js";
import { listen } from "../../static/js/lib/server.js";

Deno.test("Each wait before reconnecting is longer, until a message arrives", () => {
  const { WebSocket, setTimeout, location } = globalThis;
  const addresses = new Set();
  const waits = [];
  /** @type {EventTarget|null} */
  let socket = null;
  class Socket extends EventTarget {
    constructor(address) {
      super();
      addresses.add(address);
      socket = this;
    }
  }
  const wait = (connect, milliseconds) => {
    waits.push(milliseconds);
    connect();
  };
  Object.assign(globalThis, {
    WebSocket: Socket,
    setTimeout: wait,
    location: { origin: "https://digits.example" },
  });
  const lose = () => {
    socket.dispatchEvent(new CloseEvent("close", { reason: "Full." }));
  };
  try {
    listen(() => {}, "/events");
    for (let time = 0; time < 6; time++) lose();
    socket.dispatchEvent(new MessageEvent("message", { data: "{}" }));
    lose();
  } finally {
    Object.assign(globalThis, { WebSocket, setTimeout, location });
  }
  assert.deepEqual([...addresses], ["wss://digits.example/events"]);
  assert.deepEqual(waits, [500, 1000, 2000, 4000, 5000, 5000, 500]);
});

Deno.test("Of the calls that wait, only the newest is carried out", async () => {
  const done = [];
  const act = oneAtATime(async (name) => {
    done.push(name);
    await null;
    done.push("end");
  });
  await Promise.all(["oldest", "older", "newest"].map((name) => act(name)));
  assert.deepEqual(done, ["oldest", "end", "newest", "end"]);
});
