const EVERY_MS = 1_000;

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Calls `gone` once when the process that started the kernel has ended, so that no kernel outlives its server. */
export function watchParent(parent: number, gone: () => void): void {
  const isDirectParent = process.ppid === parent;
  const timer = setInterval(() => {
    // An orphan is reparented and the old pid may be reused: for a direct child, only its ppid is reliable.
    const alive = isDirectParent ? process.ppid === parent : exists(parent);
    if (alive) return;
    clearInterval(timer);
    gone();
  }, EVERY_MS);
}
