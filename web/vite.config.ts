import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { aheadFile } from './ahead.ts'
import { firstFont } from './first-font.ts'
import { untoldSchemas } from './schemas.ts'
import { listedStyles } from './styles.ts'

const server = process.env['MADANG_URL'] ?? 'http://127.0.0.1:4500'

// What the server answers itself; everything else is a page.
const edges = ['/api', '/git', '/raw', '/archive', '/runs', '/artifacts', '/cloud-objects']

const packages =
  /node_modules[\\/](react|react-dom|scheduler|lucide-react|@mantine|@tanstack|@floating-ui)[\\/]/

// Small things of nearly every page. Left to the sharing, each would come with what it happens to be shared with: a switch
// brought the floating lists, an icon the tables.
const small =
  /lucide-react|[\\/](Switch|InlineInput|VisuallyHidden|Badge|Code|use-debounced-\w+)[\\/]/

const groups = [
  { name: 'shell', tags: ['$initial' as const], priority: 2 },
  { name: 'small', test: small, priority: 1 },
  { name: 'parts', test: packages, entriesAware: true, entriesAwareMergeThreshold: 30_000 },
]

export default defineConfig({
  plugins: [react(), untoldSchemas(), aheadFile(), firstFont(), listedStyles()],
  build: {
    target: 'es2022',
    sourcemap: false,
    chunkSizeWarningLimit: 900,
    // What every page needs comes in one file instead of sixty, and what some share of the packages
    // in another; what one page needs stays with it.
    rolldownOptions: { output: { codeSplitting: { groups } } },
  },
  server: { proxy: Object.fromEntries(edges.map((path) => [path, server])) },
})
