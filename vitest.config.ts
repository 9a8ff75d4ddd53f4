import { defineConfig } from "vitest/config";

export default defineConfig({
  // The sources load TypeScript as CommonJS, in a file that only its own compiler can read.
  resolve: { alias: [{ find: /^\.\/typescript\.cjs$/, replacement: "typescript" }] },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // A busy machine may take its time over what takes milliseconds elsewhere.
    expect: { poll: { timeout: 20_000 } },
    // Two cores: the suites that start kernels and browsers would only slow each other down.
    maxWorkers: 2,
    // With a thread for every core in both workers, ONNX Runtime's threads wait for one another.
    env: { SAMLAB_THREADS: process.env.SAMLAB_THREADS ?? "1" },
    reporters: ["default"],
  },
});
