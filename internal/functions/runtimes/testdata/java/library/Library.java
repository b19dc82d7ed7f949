package library;

/** A class that tells where it is. */
public class Library {
  public static String where() {
    return Library.class.getProtectionDomain().getCodeSource().getLocation().getPath();
  }
}
