import '@mantine/core/styles.css'
import '@mantine/notifications/styles.css'
import 'pretendard/dist/web/variable/pretendardvariable-dynamic-subset.css'
import './ui/app.css'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { useTranslation } from 'react-i18next'
import { createTheme, MantineProvider, mergeThemeOverrides, Modal } from '@mantine/core'
import { Notifications } from '@mantine/notifications'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { CallError } from './api/call.ts'
import { startI18n, t } from './i18n/index.ts'
import { router } from './routes.tsx'
import { theme } from './ui/theme.ts'

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (count, error) => !(error instanceof CallError) && count < 5,
    },
  },
})

/** Every dialog's cross has a name, in the reader's language. */
function themeWithWords() {
  const closeButtonProps = { 'aria-label': t('ui.close') }
  const Named = Modal.extend({ defaultProps: { closeButtonProps } })
  return mergeThemeOverrides(theme, createTheme({ components: { Modal: Named } }))
}

/** Rendered anew as a whole when the language changes, so every text follows. */
function App() {
  const { i18n } = useTranslation()
  return (
    <MantineProvider theme={themeWithWords()} defaultColorScheme="auto">
      <Notifications position="bottom-right" />
      <QueryClientProvider client={client}>
        <RouterProvider router={router} key={i18n.language} />
      </QueryClientProvider>
    </MantineProvider>
  )
}

// A tab from before an update asks for files that are gone: it takes the new ones.
window.addEventListener('vite:preloadError', () => window.location.reload())

await startI18n()
createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
)
