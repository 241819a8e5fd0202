import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['MADANG_URL'] ?? 'http://127.0.0.1:4500'

// What the server answers itself; everything else is a page.
const edges = ['/api', '/git', '/raw', '/runs', '/artifacts', '/cloud-objects']

const shell =
  /node_modules[\\/](react|react-dom|scheduler|lucide-react|@mantine|@tanstack|@floating-ui)[\\/]/

export default defineConfig({
  plugins: [react()],
  build: {
    target: 'es2022',
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    // What every page needs comes in one file instead of sixty; what one page needs stays with it.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shell', test: shell }] } } },
  },
  server: { proxy: Object.fromEntries(edges.map((path) => [path, server])) },
})
