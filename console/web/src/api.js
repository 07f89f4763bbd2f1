// The staff port's API. The live stream is read with fetch instead of EventSource, because only
// fetch can send the token in a header.

/** A refusal (problem+json), or no answer at all (status 0). */
export class ApiError extends Error {
  constructor(status, code, detail) {
    super(detail);
    this.status = status;
    this.code = code;
  }
}

async function open(path, token, init = {}) {
  let response;
  try {
    response = await fetch(path, {
      ...init,
      cache: "no-store",
      headers: { Authorization: `Bearer ${token}` },
    });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, "unreachable", "The server does not answer.");
  }
  if (response.ok) return response;
  const problem = await response.json().catch(() => ({}));
  throw new ApiError(response.status, problem.code ?? "", problem.detail ?? response.statusText);
}

export const get = async (path, token) => (await open(path, token)).json();
export const post = async (path, token) => (await open(path, token, { method: "POST" })).json();

/** Splits a text stream of server-sent events: feed(chunk) returns [{event, data}]. */
export function eventSplitter() {
  let rest = "";
  return (chunk) => {
    rest += chunk;
    const events = [];
    let end;
    while ((end = rest.indexOf("\n\n")) >= 0) {
      const parsed = parseEvent(rest.slice(0, end));
      if (parsed) events.push(parsed);
      rest = rest.slice(end + 2);
    }
    return events;
  };
}

function parseEvent(block) {
  let event = "message";
  const data = [];
  for (const line of block.split("\n")) {
    if (line.startsWith("event:")) event = line.slice(6).trim();
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
  }
  return data.length ? { event, data: data.join("\n") } : null;
}

/** Reads the live stream until it ends or `signal` aborts; throws ApiError when refused. */
export async function readLive({ site, visitor, token, signal, onEvent }) {
  const query = new URLSearchParams({ site, visitor });
  const response = await open(`/api/v1/live?${query}`, token, { signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const split = eventSplitter();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    for (const event of split(value)) onEvent(event);
  }
}
