import vue from "@vitejs/plugin-vue";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

// The page runs under a strict content security policy: nothing may end up inline, not even a small icon.
export default defineConfig({
  base: "/",
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: "false", __VUE_PROD_DEVTOOLS__: "false", __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "false" },
  // Chinese words stay as they are written: escaped they would take twice the bytes.
  esbuild: { charset: "utf8", legalComments: "none" },
  build: {
    target: ["chrome87", "safari15", "firefox90"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    fs: { allow: [fileURLToPath(new URL("../../..", import.meta.url))] },
    proxy: { "/api": process.env["KAOSHEN_GATEWAY"] ?? "http://127.0.0.1:8080" },
  },
});
