/** By what names the files of datasets are known. */

/** Demonstrations in HDF5 */
export const HDF5_FILE = /\.(hdf5|h5)$/i;
/** Videos in containers that are read */
export const VIDEO_FILE = /\.(mp4|m4v|mkv|webm|mov|avi)$/i;
