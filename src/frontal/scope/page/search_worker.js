// Looks for an expression in a text, away from the page: an expression that never ends is ended with this worker.

const MOST = 20000;

self.onmessage = ({ data: { pattern, text } }) => {
  try {
    const found = [];
    for (const match of text.matchAll(new RegExp(pattern, "gmu"))) {
      if (match[0].length) found.push(match.index, match.index + match[0].length);
      if (found.length >= 2 * MOST) break;
    }
    self.postMessage({ found });
  } catch (error) {
    self.postMessage({ problem: error.message });
  }
};
