// The microscope in a notebook's cell: a frame that can reach nothing, and the channel to the kernel.

/**
 * Called by anywidget for each place where the widget is shown.
 * @param {{model: Object, el: HTMLElement}} cell
 * @returns {() => void} called when the place is gone
 */
export function render({ model, el }) {
  const frame = document.createElement("iframe");
  frame.setAttribute("sandbox", "allow-scripts allow-downloads");
  frame.setAttribute("allow", "clipboard-write");
  frame.title = "the microscope";
  frame.style.setProperty("width", "100%");
  frame.style.setProperty("height", `${model.get("height")}px`);
  frame.style.setProperty("border", "0");
  el.append(frame);
  const me = crypto.getRandomValues(new Uint32Array(1))[0] * 2 ** 20; // numbers of this place's questions
  const asked = new Map(); // number -> called with (error, answer)
  let count = 0;
  const ask = (question, done) => {
    asked.set(me + ++count, done);
    model.send({ id: me + count, ...question });
  };
  const heard = (said, buffers) => {
    const done = asked.get(said.id);
    asked.delete(said.id);
    done?.(said.error, said.page ?? bytesOf(buffers?.[0]));
  };
  const questions = (event) => {
    if (event.source !== frame.contentWindow) return;
    if (event.data === "ready") return frame.contentWindow.postMessage({ page: model.get("page") }, "*");
    const { id, name, parameters } = event.data;
    ask({ name, parameters }, (error, buffer) => frame.contentWindow?.postMessage({ id, error, buffer }, "*", buffer ? [buffer] : []));
  };
  model.on("msg:custom", heard);
  window.addEventListener("message", questions);
  ask({ page: true }, (error, page) => (error ? el.append(error) : (frame.srcdoc = page)));
  return () => {
    model.off("msg:custom", heard);
    window.removeEventListener("message", questions);
    frame.remove();
  };
}

function bytesOf(view) {
  if (!view) return null;
  const { buffer = view, byteOffset = 0, byteLength } = view;
  return buffer.slice(byteOffset, byteOffset + byteLength); // a copy that begins at 0 and may be handed on
}
