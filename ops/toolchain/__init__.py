"""The programs set-up needs beside Python: found on PATH, fetched as official releases, or built from Go modules."""
