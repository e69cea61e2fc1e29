import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  define: {
    __BUILT__: JSON.stringify(new Date().toISOString()),
  },
});
