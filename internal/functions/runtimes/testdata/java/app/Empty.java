package app;

/** What a machine does that has nothing to do. */
public class Empty {
  public static void main(String[] arguments) {}
}
