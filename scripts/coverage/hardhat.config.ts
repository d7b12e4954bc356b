import { defineConfig } from "hardhat/config";
import project from "../../hardhat.config.ts";

// The project's own settings, but other folders: instrumented contracts must never pass for the real ones.
export default defineConfig({
  ...project,
  paths: { ...project.paths, artifacts: "./build/coverage/artifacts", cache: "./build/coverage/cache" },
  typechain: { outDir: "./build/coverage/types" },
});
