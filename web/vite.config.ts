import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const server = process.env['MADANG_URL'] ?? 'http://127.0.0.1:4500'

export default defineConfig({
  plugins: [react()],
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 900 },
  server: { proxy: { '/api': server, '/git': server, '/artifacts': server } },
})
