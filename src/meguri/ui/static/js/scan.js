// Fills a field from a code before the camera. <button data-scan="f-passport" hidden> shows itself only where the browser
// reads codes (BarcodeDetector); hand scanners that type need none of this.

export function start(button) {
  if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  button.hidden = false;
  button.addEventListener("click", () => scan(button));
}

async function scan(button) {
  const field = document.getElementById(button.dataset.scan);
  const video = document.createElement("video");
  video.playsInline = true;
  video.className = "scan-view";
  button.after(video);
  const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).catch(() => null);
  if (!stream) {
    video.remove();
    return;
  }
  video.srcObject = stream;
  await video.play();
  const detector = new window.BarcodeDetector();
  const deadline = performance.now() + 20000;
  while (performance.now() < deadline && video.isConnected) {
    const [found] = await detector.detect(video).catch(() => []);
    if (found) {
      field.value = found.rawValue;
      field.dispatchEvent(new Event("input", { bubbles: true }));
      break;
    }
    await new Promise((done) => setTimeout(done, 120));
  }
  stream.getTracks().forEach((track) => track.stop());
  video.remove();
  field.focus();
}
