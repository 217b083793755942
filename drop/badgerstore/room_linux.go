package badgerstore

import (
	"os"

	"golang.org/x/sys/unix"
)

// freeBytes says how many bytes the file system of a folder still takes from
// this process.
func freeBytes(dir string) (int64, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return 0, err
	}
	return int64(s.Bavail) * s.Bsize, nil
}

// syncData syncs what a file holds; its times may stay behind.
func syncData(f *os.File) error {
	for {
		if err := unix.Fdatasync(int(f.Fd())); err != unix.EINTR {
			return err
		}
	}
}
