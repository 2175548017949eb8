import java.io.FileReader;
import java.util.Properties;
import org.eclipse.dataspacetck.core.system.ConsoleMonitor;
import org.eclipse.dataspacetck.runtime.TckRuntime;

/** Runs packages of the kit with a properties file; ends with 0 only when everything that was found passed. */
public class RunKit {
    public static void main(String[] arguments) throws Exception {
        var read = new Properties();
        try (var reader = new FileReader(arguments[0])) {
            read.load(reader);
        }
        var builder = TckRuntime.Builder.newInstance().monitor(new ConsoleMonitor(false, false));
        read.forEach((key, value) -> builder.property(key.toString(), value.toString()));
        for (int i = 1; i < arguments.length; i++) {
            builder.addPackage(arguments[i]);
        }
        var only = System.getProperty("only", "");
        builder.displayNameMatching(name -> only.isEmpty() || !name.contains(":") || name.matches(only));
        var summary = builder.build().execute();
        System.out.printf("found %d, passed %d, failed %d, skipped %d%n", summary.getTestsFoundCount(), summary.getTestsSucceededCount(), summary.getTestsFailedCount(), summary.getTestsSkippedCount());
        summary.getFailures().forEach(failure -> {
            System.out.println("FAILED " + failure.getTestIdentifier().getDisplayName());
            failure.getException().printStackTrace(System.out);
        });
        System.exit(summary.getTotalFailureCount() == 0 && summary.getTestsSucceededCount() > 0 ? 0 : 1);
    }
}
