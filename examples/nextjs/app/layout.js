export const metadata = { title: 'Next.js on Gatehouse' };

export default function Layout({ children }) {
  return (
    <html lang="en">
      <body>{children}</body>
    </html>
  );
}
